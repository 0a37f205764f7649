/* print() of a struct that is a value: a translated one, a variable, a member. Such a one has no address.
 */
struct inner { short x; short y; };
struct out { int one; char name[8]; struct inner in; int bits:3; int un; void *p; };
translator struct inner < int V > { x = V; y = V + 1; };
translator struct out < int T > { one = T; name = "ab"; in = xlate<struct inner>(T + 5); bits = T; p = (void *)0x10; };
struct out g;
BEGIN { g = xlate<struct out>(3); print(xlate<struct out>(2)); }
BEGIN { print(g); self->x = g; print(self->x); print(self->x.in); print(*xlate<struct inner *>(5)); a[1] = g; print(a[1]); this->g = g; this->g.one = 0; print(this->g); exit(0); }
