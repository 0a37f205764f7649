/*
 * An element that becomes 0 makes room for another, whatever its type: here there is room for few.
 * @args: -q -x dynvarsize=8k
 * @target: sleep 5
 */
struct pair {
	long a, b;
} one, elements[int];
string texts[int];

BEGIN
{
	one.a = 1;
	n = 0;
}

tick-1ms
/n < 300/
{
	numbers[n] = 1;
	numbers[n] = 0;
	elements[n] = one;
	elements[n].b++;
	elements[n] = 0;
	texts[n] = "text";
	texts[n] = NULL;
	self->thread[n] = 1;
	self->thread[n] = 0;
	n += 10;
}

tick-1ms
/n >= 300/
{
	numbers[1] = 4;
	elements[1].a = 5;
	texts[1] = "six";
	printf("%d %d %s", numbers[1], elements[1].a, texts[1]);
	exit(0);
}
