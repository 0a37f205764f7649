/*
 * Where a process is, and where its files are.
 * @target: env -C /usr/share dd if=/etc/passwd of=/dev/null bs=16 count=1 status=none
 * @args: -q
 */

syscall::write:entry
/pid == $target/
{
	printf("%s %s %s %s\n", cwd, root, basename(cwd), dirname(cwd));
	printf("%s %s %s\n", fds[0].fi_pathname, fds[0].fi_dirname, fds[0].fi_name);
	printf("%s %s\n", xlate <fileinfo_t> (getf(1)).fi_pathname, xlate <fileinfo_t *> (getf(1))->fi_dirname);
	printf("%s|%s|%d|%d\n", fds[-1].fi_pathname, xlate <fileinfo_t> (getf(9999)).fi_mount, getf(9999) == NULL, getf(1) != NULL);
	@[cwd, fds[1].fi_pathname] = count();
	self->where = cwd;
	exit(self->where == "/usr/share" ? 0 : 1);
}
