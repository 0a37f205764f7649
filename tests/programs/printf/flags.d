/* Flags, widths and precisions, constant and given. A precision of 0 is none, a flag may stand behind the width.
 * @args: -q
 */
BEGIN
{
	printf("%#8x|%08x|%-8x|%+8d|% 8d|%#o|%#X|\n", 0x123, 0x123, 0x123, 123, 123, 8, 255);
	printf("%5d|%-5d|%05d|%+05d|%-+5d|%.3d|%8.3d|%-8.3d|%08.3d|\n", 7, 7, 7, 7, 7, 7, 7, 7, 7);
	printf("%?d|%?x|%5-d|%.0d|%0-6d|%-06d|\n", 1, 255, 3, 0, 4, 4);
	printf("%*d|%*d|%-*d|%.*d|%*.*d|\n", 5, 1, -5, 2, 5, 3, 3, 4, 6, 3, 5);
	printf("%10s|%-10s|%.2s|%10.2s|%*s|%.*s|\n", "abc", "abc", "abc", "abc", 6, "abc", 1, "abc");
	printf("%3c|%-3c|%*c|\n", 'x', 'y', 4, 'z');
	printf("%'d|%'12u|\n", 1234567, 1234567);
	exit(0);
}
