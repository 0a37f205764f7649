/*
 * Bit-fields: in variables of all scopes, elements and scratch memory; signed ones, wide ones, in unions, in what computes with them.
 * @args: -q
 */
struct bits {
	int a : 1;
	unsigned b : 3;
	int c : 15;
	unsigned long d : 40;
	long e : 33;
	_Bool f : 1;
	char g : 7;
	enum { LOW, HIGH = 3 } h : 2;
	unsigned : 0;
	unsigned i : 31;
};
union view {
	struct {
		unsigned low : 4, high : 4;
	};
	unsigned char byte;
};
struct bits g;
self struct bits t;
this struct bits l;
struct bits e[int];
union view v;
struct bits *p;

BEGIN
{
	g.a = 1;
	g.b = 9;
	g.c = -5;
	g.d = 0xfedcba9876;
	g.e = -1;
	g.f = 1;
	g.g = 64;
	g.h = HIGH;
	g.i = -1;
	printf("%d %d %d %x %d %d %d %d %x\n", g.a, g.b, g.c, g.d, g.e, g.f, g.g, g.h, g.i);
	self->t = g;
	this->l = self->t;
	e[1] = this->l;
	e[1].b++;
	e[1].c -= 10;
	e[2].b = 5;
	self->t.d >>= 4;
	this->l.c *= -2;
	printf("%d %d %d %x %d\n", e[1].b, e[1].c, e[2].b, self->t.d, this->l.c);
	printf("%d %d %d\n", g.b - 2, g.b++, g.b);
	printf("%d %d\n", (g.b = 15), ++g.b);
	v.byte = 0xa5;
	printf("%x %x ", v.low, v.high);
	v.high = 0x13;
	printf("%x\n", v.byte);
	p = (struct bits *)alloca(sizeof (struct bits));
	*p = g;
	p->c = 77;
	p->h = LOW;
	p->i &= 0xff;
	printf("%d %d %d %x %d\n", p->c, p->h, p->b, p->i, p->e);
	printf("%d %d %d\n", g.h == HIGH ? 1 : 0, g.a ? 1 : 0, !g.f);
	g.b = 0;
	printf("%d %d\n", g.b || g.c, g.b && g.c);
	printf("%d\n", sizeof (struct bits));
	trace(g);
	exit(0);
}
