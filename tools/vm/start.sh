#!/bin/sh
# A system as systemd lays out its control groups, of the second version only; then the tests, in the kind of session that
# was asked for. The job's disk has the sources, the list of tests, and takes what they say.
export PATH=/mayfly/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /job
mount -t devpts devpts /dev/pts
for folder in /dev/shm /run /tmp; do mount -t tmpfs -o mode=1777 tmpfs $folder; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount /dev/vdb /job
ip link set lo up
cd /mayfly && tar xf /job/sources.tar
groups=/sys/fs/cgroup
give() { for controller in $2; do echo "+$controller" > "$1/cgroup.subtree_control"; done; }
give $groups 'cpuset cpu memory pids'
session=$(cat /job/session)
user=0
case $session in
  service) own=$groups/system.slice/mayfly.service && mkdir -p $own && give $groups/system.slice 'cpuset cpu memory pids' ;;
  login) own=$groups/user.slice/session.scope && mkdir -p $own && give $groups/user.slice 'memory pids' ;;
  user) own=$groups/user.slice/app.scope && mkdir -p $own && give $groups/user.slice 'cpu memory pids' && user=1000 ;;
esac
chown $user $own $own/cgroup.procs $own/cgroup.subtree_control $own/cgroup.threads
echo $$ > $own/cgroup.procs
[ $user = 0 ] || export HOME=/tmp/home
[ $user = 0 ] || install -d -o $user $HOME
echo "Linux $(uname -r), session: $session, controllers: $(cat $own/cgroup.controllers)" > /job/said
# The emulation sometimes breaks the code that V8 makes: a test that ends so is run again.
for file in $(cat /job/tests); do
  for turn in 1 2 3 4 5 6 7 8; do
    timeout 900 setpriv --reuid $user --regid $user --clear-groups node "$file" > /tmp/said 2>&1
    status=$?
    grep -q 'Fatal error in\|SIGSEGV\|SIGTRAP\|Segmentation' /tmp/said || break
  done
  [ $status = 0 ] || failed=1
  { echo "── $file"; cat /tmp/said; } >> /job/said
done
echo ${failed:-0} > /job/status
umount /job
mount -o remount,ro /
echo o > /proc/sysrq-trigger
sleep 10
