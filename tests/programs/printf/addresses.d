/* Addresses of the kernel as symbols; in a width; what is none is a number.
 * @engines: kernel
 * @args: -q
 */
BEGIN
{
	printf("%a %a\n", &`vfs_read, (uintptr_t)&`vfs_read + 1);
	printf("%20a|%-20a|\n", &`vfs_read, &`vfs_read);
	printf("%a\n", 1);
	exit(0);
}
