/*
 * A clause with branches has one scratch memory; whole structs, bit-fields and texts are stored through pointers.
 *
 * @args: -q
 */

struct pair {
	int a;
	char name[8];
	unsigned int f : 3, g : 7;
	int h : 5;
};
struct pair one;

BEGIN
{
	this->p = (struct pair *)alloca(2 * sizeof (struct pair));
	if (1) {
		this->p->a = 5;
		this->q = (char *)alloca(8);
		bcopy("text", this->q, 5);
	} else {
		this->p->a = 6;
	}
	this->p->f = 5;
	this->p->g = 100;
	this->p->h = -3;
	this->p->h--;
	this->p->g += 29;
	bcopy(this->q, this->p->name, 5);
	this->p[1] = *this->p;
	*this->p = 0;
	printf("%d <%s> <%s> %d %d %d\n", this->p[1].a, this->p[1].name, this->p->name, this->p[1].f, this->p[1].g, this->p[1].h);
	tracemem(this->p + 1, sizeof (struct pair));
}

BEGIN
{
	one.a = 17;
	this->p = (struct pair *)alloca(sizeof (struct pair));
	*this->p = one;
	one = *this->p;
	printf("%d %d\n", this->p->a, one.a);
}

BEGIN
{
	exit(0);
}
