/*
 * Pointers: into D's own arrays and structs, arithmetic, comparison, chains, and stores through them.
 * @args: -q
 */
int array[5];
struct node {
	int value;
	struct node *next;
	char name[8];
} nodes[3];
this struct node local;
int *p, *q;
int **pp;
uintptr_t n;
this int *own;
void *v;

BEGIN
{
	array[0] = 100;
	array[1] = 200;
	array[2] = 300;
	p = array;
	q = &array[3];
	printf("%d %d %d\n", p[0], *(p + 1), *(2 + p));
	printf("%d %d %d %d\n", q - p, q > p, q == p + 3, p != array);
	p[3] = 400;
	*(q + 1) = 500;
	(*p)++;
	*q += 5;
	printf("%d %d %d\n", array[3], array[4], array[0]);
	p++;
	printf("%d ", *p++);
	printf("%d ", *--p);
	p += 2;
	printf("%d\n", *p);
	n = (uintptr_t)&array[0];
	printf("%d\n", *(int *)(n + 4));
	printf("%d %d\n", (char *)q - (char *)array, (long *)q - (long *)array);
}

BEGIN
{
	/* What another clause has left. */
	printf("%d %d\n", q[0], q[1]);
	nodes[0].value = 1;
	nodes[0].next = &nodes[1];
	nodes[1].value = 2;
	nodes[1].next = &nodes[2];
	nodes[1].name[0] = 'x';
	nodes[1].name[1] = 'y';
	nodes[2].value = 3;
	printf("%d %s %d\n", nodes[0].next->value, nodes[0].next->name, nodes[0].next->next->value);
	nodes[0].next->next->value = 33;
	nodes[0].next->name[1] = 'z';
	printf("%d %s\n", nodes[2].value, nodes[1].name);
	*(nodes[0].next) = nodes[2];
	printf("%d\n", nodes[1].value);
	this->local.value = 7;
	this->own = &this->local.value;
	*this->own *= 2;
	printf("%d %d\n", this->local.value, *this->own);
	pp = (int **)&nodes[0].next;
	printf("%d %d\n", **pp, *pp == (int *)&nodes[1]);
	v = p;
	printf("%d %d\n", v == p, v != NULL);
	p = NULL;
	printf("%d %d %d", p == NULL, !p, p ? 1 : 0);
	exit(0);
}
