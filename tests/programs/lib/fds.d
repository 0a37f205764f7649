/*
 * Open files by number.
 * @target: dd if=/etc/passwd of=/dev/null bs=16 count=2 status=none
 * @args: -q
 */

syscall::write:entry
/pid == $target/
{
	printf("%s %d %x %s\n", fds[0].fi_name, fds[0].fi_offset, fds[0].fi_oflags & (O_ACCMODE | O_APPEND), fds[1].fi_fs);
	printf("%s %s %x\n", fds[arg0].fi_name, fds[arg0].fi_fs, fds[arg0].fi_oflags & O_ACCMODE);
	printf("%s %d %s %d\n", fds[900].fi_name, fds[900].fi_offset, fds[-1].fi_name, fds[-1].fi_oflags);
}
