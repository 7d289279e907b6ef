# The last step into a cell: asks the kernel to hand every system call that the cell may not make to the guard, gives the
# guard the descriptor on which it hears of them, and becomes the cell's program. Perl, because it is on every Debian and
# Ubuntu, starts in 3 ms, and can make the two system calls that Node.js cannot.
#
# Arguments: architecture, filter, descriptor of the connection to the guard, program and its arguments.
#
# No module is loaded: below the root of a container image it would be the image's own, and run without the filter.

my %numbers = (x64 => { seccomp => 317, sendmsg => 46 }, arm64 => { seccomp => 277, sendmsg => 211 });

my ($architecture, $path, $guard, @command) = @ARGV;
$guard += 0;
my $number = $numbers{$architecture} or exit 97;

open(my $file, '<:raw', $path) or exit 97;
my $filter = do { local $/; <$file> };
close $file;

# SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, struct sock_fprog.
my $program = pack('S x6 P', length($filter) / 8, $filter);
my $listener = syscall($number->{seccomp}, 1, 8, $program);
exit 97 if $listener < 0;

# struct msghdr with one byte and SCM_RIGHTS.
my $byte = '.';
my $vector = pack('P Q', $byte, 1);
my $control = pack('Q l l l x4', 20, 1, 1, $listener);
my $message = pack('Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, 24, 0);
exit 98 if syscall($number->{sendmsg}, $guard, $message, 0) < 0;

# The listener closes itself at the exec.
open(my $socket, '+<&=', $guard) or exit 98;
close $socket;
exec { $command[0] } @command or exit 99;
