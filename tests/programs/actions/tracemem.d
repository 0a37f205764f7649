/* tracemem always dumps; its third argument says how many of the bytes are shown, when it is neither negative nor more than there are.
 * @engines: kernel
 */
BEGIN
{
	tracemem(curthread->comm, 16);
	tracemem(curthread->comm, 8, 6);
	n = 3;
	tracemem(curthread->comm, 8, n);
	tracemem(curthread->comm, 8, -1);
	tracemem(curthread->comm, 8, 100);
	tracemem(curthread->comm, 8, 0);
	tracemem((uintptr_t)&curthread->comm, 3);
	exit(0);
}
