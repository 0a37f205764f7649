/* The library's translations as objects.
 * @args: -q
 */
BEGIN
{
	p = *curpsinfo;
	self->l = *curlwpsinfo;
	printf("%d %d %d\n", p.pr_pid == pid, self->l.pr_lwpid == tid, (*curpsinfo).pr_uid == uid);
	exit(0);
}
