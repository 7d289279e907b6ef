# The guard: hears of every system call that a cell tried and may not make, refuses it, and says so on standard output.
#
#   ready                      once; without it this kernel cannot do it
#   call <cell> <number> <first argument>
#
# A connection per cell brings its id and then the descriptor on which the kernel tells. Ends with standard input.
# Arguments: architecture, path of the socket.
use strict;
use warnings;
use Socket;

my %numbers = (
    x64   => { seccomp => 317, prctl => 157, recvmsg => 47, poll => 7, ioctl => 16, close => 3, socket => 41 },
    arm64 => { seccomp => 277, prctl => 167, recvmsg => 212, ppoll => 73, ioctl => 29, close => 57, socket => 198 },
);
# SECCOMP_IOCTL_NOTIF_RECV and SECCOMP_IOCTL_NOTIF_SEND.
use constant { RECEIVE => 0xc0502100, ANSWER => 0xc0182101 };
use constant { EPERM => 1, EAFNOSUPPORT => 97 };
# Calls of one cell that are told; after that the kernel refuses them by itself (ENOSYS).
use constant CALLS_MAX => 64;
use constant CMSG_CLOEXEC => 0x40000000;

my ($architecture, $path) = @ARGV;
my $number = $numbers{$architecture} or exit 1;
$| = 1;
exit 1 unless can_listen();

socket(my $server, PF_UNIX, SOCK_STREAM, 0) or exit 1;
unlink $path;
bind($server, sockaddr_un($path)) or exit 1;
listen($server, 128) or exit 1;
print "ready\n";

# Both by descriptor: connections that have not brought a listener yet, and listeners.
my (%joining, %listeners);

while (1) {
    my @descriptors = (0, fileno($server), keys %joining, keys %listeners);
    my $set = join '', map { pack('l s s', $_, 1, 0) } @descriptors;
    next if wait_for($set, scalar @descriptors) <= 0;
    for my $index (0 .. $#descriptors) {
        my ($descriptor, undef, $events) = unpack('l s s', substr($set, $index * 8, 8));
        next unless $events;
        if ($descriptor == 0) { exit 0 }
        elsif ($descriptor == fileno($server)) { take() }
        elsif ($joining{$descriptor}) { join_cell($descriptor) }
        elsif ($listeners{$descriptor}) { hear($descriptor, $events) }
    }
}

# poll changes the set in place.
sub wait_for {
    my (undef, $count) = @_;
    return syscall($number->{poll}, $_[0], $count, -1) if $number->{poll};
    return syscall($number->{ppoll}, $_[0], $count, 0, 0, 0);
}

sub take {
    accept(my $connection, $server) or return;
    $joining{ fileno($connection) } = { connection => $connection, cell => '' };
}

sub join_cell {
    my ($descriptor) = @_;
    my $data = "\0" x 64;
    my $control = "\0" x 24;
    my $vector = pack('P Q', $data, 64);
    my $message = pack('Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, 24, 0);
    my $got = syscall($number->{recvmsg}, $descriptor, $message, CMSG_CLOEXEC);
    my $joining = $joining{$descriptor};
    if ($got <= 0) { delete $joining{$descriptor}; return }
    my (undef, undef, $kind, $listener) = unpack('Q l l l', $control);
    # 32 hexadecimal digits come first, by themselves or with the byte that carries the listener.
    $joining->{cell} .= substr($data, 0, $got);
    return unless $kind == 1;
    my ($cell) = $joining->{cell} =~ /^([0-9a-f]{32})/;
    delete $joining{$descriptor};
    if (defined $cell) { $listeners{$listener} = { cell => $cell, calls => 0 } }
    else { syscall($number->{close}, $listener) }
}

sub hear {
    my ($descriptor, $events) = @_;
    my $listener = $listeners{$descriptor};
    # Nobody is left who could call.
    return forget($descriptor) unless $events & 1;
    # struct seccomp_notif; the process may have been killed meanwhile.
    my $notice = "\0" x 80;
    return if syscall($number->{ioctl}, $descriptor, RECEIVE, $notice) < 0;
    my ($id, undef, undef, $call, undef, undef, $argument) = unpack('Q L L l L Q Q', $notice);
    my $error = $call == $number->{socket} ? EAFNOSUPPORT : EPERM;
    my $answer = pack('Q q l L', $id, 0, -$error, 0);
    syscall($number->{ioctl}, $descriptor, ANSWER, $answer);
    print "call $listener->{cell} $call $argument\n";
    forget($descriptor) if ++$listener->{calls} >= CALLS_MAX;
}

sub forget {
    my ($descriptor) = @_;
    delete $listeners{$descriptor};
    syscall($number->{close}, $descriptor);
}

# Tries it on a process of its own.
sub can_listen {
    my $child = fork();
    return 0 unless defined $child;
    if ($child == 0) {
        syscall($number->{prctl}, 38, 1, 0, 0, 0);
        my $filter = pack('S C C L', 0x06, 0, 0, 0x7fff0000);
        my $program = pack('S x6 P', 1, $filter);
        exit(syscall($number->{seccomp}, 1, 8, $program) < 0 ? 1 : 0);
    }
    waitpid($child, 0);
    return $? == 0;
}
