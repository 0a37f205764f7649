/*
 * Structs as variables of every scope: assigned whole and by member, copied between scopes, elements made by their first member.
 * @args: -q
 */
struct inner {
	char c;
	short s;
};
struct s {
	int x;
	struct inner in;
	long y;
	char name[12];
	int arr[4];
};
union u {
	int i;
	char c[4];
};

struct s g, h;
self struct s t;
this struct s l;
struct s a[int];
self struct s b[string];
union u v;

BEGIN
{
	g.x = 5;
	g.in.s = -3;
	g.y = 77;
	g.arr[2] = 9;
	g.name[0] = 'a';
	g.name[1] = 'b';
	printf("%d %d %d %d %s\n", g.x, g.in.s, g.y, g.arr[2], g.name);
	self->t = g;
	self->t.x++;
	self->t.in.c -= 2;
	this->l = self->t;
	this->l.arr[1] = 100;
	a[3] = this->l;
	a[3].x += 10;
	a[4].y = 8;
	a[4].in.s--;
	printf("%d %d %d %d %d %d\n", self->t.x, self->t.in.c, this->l.arr[1], a[3].x, a[4].y, a[4].in.s);
	printf("%d %s %d\n", a[3].arr[1], a[3].name, a[4].x);
	printf("%d %d\n", g.x, g.in.c);
	h.in = a[4].in;
	self->b["k"].in = self->t.in;
	self->b["k"].name[3] = 'z';
	printf("%d %d %d\n", h.in.s, self->b["k"].in.c, self->b["k"].name[3]);
	v.i = 0x01020304;
	v.c[3] = 9;
	printf("%x %d\n", v.i, v.c[0]);
	w = (g.x > 3 ? g : h);		/* declared by its first value */
	this->w = w;
	printf("%d %d\n", w.y, this->w.in.s);
	a[3] = 0;
	self->t = 0;
	g = 0;
	printf("%d %d %d %d\n", a[3].x, self->t.x, g.x, g.arr[2]);
	trace(h.in);
	trace(g.name);
}

BEGIN
{
	/* Clause-local variables live through the clauses of one firing. */
	printf("%d %d", this->l.x, this->l.arr[1]);
	exit(0);
}
