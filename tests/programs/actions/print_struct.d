/* print shows types and names, leaves out what is zero, and goes on to the next member.
 * @engines: kernel
 * @args: -q
 * @mask: 0x[0-9a-f]{8,} => ADDRESS
 */
BEGIN
{
	print(&curthread->cred);
	print(&curthread->comm);
	print((char (*)[3])curthread->comm);
	print(&curthread->rcu_users);
	exit(0);
}
