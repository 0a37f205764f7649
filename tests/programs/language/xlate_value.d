/* A translator's whole object: for global, thread-local and clause-local structs, elements, and where a struct may stand. The input is computed
 * once; what the translator does not define is zero; a string is cut to the member it goes to.
 * @args: -q
 */
struct inner { short x; short y; };
struct out { int one; long two; char name[8]; struct inner in; int bits:3; int rest:5; string s; int unset; };
translator struct inner < int V > { x = V; y = V + 1; };
translator struct out < int T > {
	one = T; two = T * 10000000000; name = "abcdefghijk"; in = xlate<struct inner>(T + 5); bits = T; rest = T + 1; s = probename;
};
struct out g;
self struct out t;
this struct out l;
BEGIN { n = 2; g = xlate<struct out>(n++); self->t = xlate<struct out>(n); this->l = xlate<struct out>(7); impl = xlate<struct out>(1); arr[5] = xlate<struct out>(6); }
BEGIN { printf("%d %d %d %s %d %d %d %d %s %d\n", n, g.one, g.two, g.name, g.in.x, g.in.y, g.bits, g.rest, g.s, g.unset); }
BEGIN { printf("%d %d %d %s %d %d %d %d %s %d\n", n, self->t.one, self->t.two, self->t.name, self->t.in.x, self->t.in.y, self->t.bits, self->t.rest, self->t.s, self->t.unset); }
BEGIN { printf("%d %d %s\n", this->l.one, this->l.two, this->l.name); }
BEGIN { printf("%d %d %s\n", impl.one, impl.two, impl.name); }
BEGIN { printf("%d %d %s\n", arr[5].one, arr[5].two, arr[5].name); }
BEGIN { x = *xlate<struct out *>(n); printf("%d %d %s %d\n", x.one, x.two, x.name, (*xlate<struct out *>(9)).in.y); }
BEGIN { trace(xlate<struct inner>(n)); exit(0); }
