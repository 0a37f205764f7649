/* Structs and arrays are dumped, strings are not; -x rawbytes changes nothing.
 * @args: -x rawbytes
 */
struct pair { int a; char b; long c; };
struct pair p;
int numbers[5];
char word[6];

BEGIN
{
	p.a = 0x1234; p.b = 'x'; p.c = -1;
	numbers[0] = 1; numbers[4] = 0x01020304;
	word[0] = 'h'; word[1] = 'i';
	trace(p);
	trace(numbers);
	trace(word);
	trace("text");
	exit(0);
}
