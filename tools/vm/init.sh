#!/bin/busybox sh
# The first process of the virtual machine: finds its disk and goes over to the system on it.
b=/bin/busybox
$b mkdir -p /proc /dev /root
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules); do $b insmod "/$module"; done
turn=0
while [ ! -b /dev/vdb ] && [ $turn -lt 100 ]; do $b sleep 0.1; turn=$((turn + 1)); done
$b mount -o rw /dev/vda /root && exec $b switch_root /root /bin/sh /mayfly/tools/vm/start.sh
echo 'the disk of the virtual machine cannot be mounted'
$b reboot -f
