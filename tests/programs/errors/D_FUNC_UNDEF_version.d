/* inet_ntoa came with 1.5.
 * @args: -xerrtags -xversion=1.4.1
 * @status: 1
 */
BEGIN
{
	trace(inet_ntoa((ipaddr_t *)alloca(4)));
}
