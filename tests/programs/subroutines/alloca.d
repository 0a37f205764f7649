/*
 * Scratch memory is zeroed, may be written through pointers of every kind, and belongs to one clause.
 *
 * @args: -q
 */

struct pair {
	int a;
	char b;
	long c;
};

BEGIN
{
	tracemem(alloca(20), 20);
}

BEGIN
{
	this->p = (int *)alloca(16);
	*this->p = 7;
	this->p[1] = -2;
	*(this->p + 3) = 0x12345678;
	tracemem(this->p, 16);
	printf("%d %d\n", *this->p, this->p[1]);
	this->p[1] += 5;
	this->p[1]++;
	printf("%d\n", this->p[1]++);
	printf("%d\n", --this->p[1]);
}

BEGIN
{
	this->s = (struct pair *)alloca(sizeof (struct pair));
	this->s->a = 1;
	this->s->b = 'x';
	this->s->c = -5;
	(*this->s).a <<= 4;
	printf("%d %c %d\n", this->s->a, this->s->b, this->s->c);
	tracemem(this->s, sizeof (struct pair));
}

BEGIN
{
	x = 100;
	this->q = (char *)alloca(x);
	this->q[99] = 3;
	this->r = (char *)alloca(8);
	this->r[0] = this->q[99] + 1;
	printf("%d %d %d\n", this->q[99], this->r[0], this->r - this->q);
}

BEGIN
{
	this->q = (char *)alloca(8);
	printf("<%s>\n", stringof(this->q));
	bcopy("hello", this->q, 6);
	printf("<%s>\n", stringof(this->q));
	this->q[1] = 'a';
	this->q[5] = '!';
	bcopy(this->q, this->q + 1, 1);
	printf("<%s>\n", stringof(this->q));
	exit(0);
}
