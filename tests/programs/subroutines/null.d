/*
 * A NULL string is not "", compares equal to NULL, is ordered and printed as "", and is what an absent element or thread variable is.
 *
 * @args: -q
 */

string never;
self string mine;

BEGIN
{
	x = "text";
	x = strchr("abc", 'x');
	printf("%d %d %d %d <%s>\n", x == NULL, x != NULL, x == "", "" == NULL, x);
	x = "";
	printf("%d %d %d\n", x == NULL, x == "", NULL != x);
	x = NULL;
	y = x;
	printf("%d %d %d\n", y == NULL, y < "a", y == x);
	this->z = y;
	printf("%d %d\n", this->z == NULL, never == NULL);
	trace(y);
	trace("\n");
}

BEGIN
{
	a[1] = "one";
	a[2] = "";
	a[3] = strstr("abc", "d");
	printf("%d %d %d %d\n", a[1] == NULL, a[2] == NULL, a[3] == NULL, a[4] == NULL);
	a[1] = NULL;
	a[2] = a[4];
	printf("%d %d\n", a[1] == NULL, a[2] == NULL);
	printf("%d\n", self->mine == NULL);
	self->mine = "";
	printf("%d\n", self->mine == NULL);
	self->mine = y;
	printf("%d\n", self->mine == NULL);
	self->mine = "z";
	printf("%d\n", self->mine == NULL);
	self->mine = NULL;
	printf("%d\n", self->mine == NULL);
}

BEGIN
{
	b[y] = 5;
	printf("%d %d\n", b[""], b[x]);
	@[x] = count();
	@[""] = count();
	this->n = 1;
	z = this->n ? NULL : "else";
	printf("%d <%s>\n", z == NULL, z);
	z = this->n ? "then" : NULL;
	printf("%d <%s>\n", z == NULL, z);
	printf("%d %d\n", (z = NULL) == NULL, (x == NULL ? "" : "q") == NULL);
	printa("<%s> %@d\n", @);
}

BEGIN
/x == NULL && a[2] == NULL && !(x != NULL)/
{
	exit(0);
}
