/* Of BEGIN there is no kernel stack, nor in the process engine of anything.
 * @args: -q
 */
BEGIN
{
	stack();
	printf("[%k]\n", stack(3));
	@[stack()] = count();
	exit(0);
}
