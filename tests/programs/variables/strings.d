/*
 * Strings of every scope: declared and not, copied, compared, cut, given up.
 * @args: -q -x strsize=12
 */
string g;
self string t;
this string l;
string a[int];
self string b[string];

BEGIN
{
	g = "global";
	self->t = "thread";
	this->l = "local";
	a[1] = "element";
	self->b["x"] = "own element";
	h = g;
	self->u = this->l;
	this->m = self->t;
	c[g] = self->b["x"];
	printf("%s %s %s %s %s\n", g, self->t, this->l, a[1], self->b["x"]);
	printf("%s %s %s %s\n", h, self->u, this->m, c["global"]);
	g = "much too long for strsize";
	printf("<%s> %d\n", g, strlen(g));
	printf("%d %d %d %d\n", h == "global", h < "globe", self->t > this->l, a[1] != a[2]);
	printf("%d %d\n", a[2] == NULL, a[1] == NULL);
	self->t = NULL;
	a[1] = 0;
	printf("<%s> <%s> %d\n", self->t, a[1], a[1] == NULL);
	g = h = "both";
	printf("%s %s %s", g, h, (g = "value"));
}

BEGIN
/this->l == "local"/
{
	printf(" %s %s", this->l, g);
	exit(0);
}
