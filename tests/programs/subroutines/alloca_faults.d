/*
 * What is written must be this clause's own; so must what is read, where it is scratch memory at all.
 *
 * @args: -q
 * @mask: 0x[0-9a-f]{8,} => 0xADDRESS
 * @mask: DIF offset \d+ => DIF offset N
 */

ERROR
{
	printf("%d\n", arg4);
}

BEGIN
{
	this->q = (char *)alloca(8);
	this->q[8] = 1;
}

BEGIN
{
	this->q = (char *)alloca(8);
	trace(this->q[8]);
}

BEGIN
{
	this->r = (int *)alloca(8);
	*(int *)((char *)this->r + 6) = 1;
}

BEGIN
{
	this->q[0] = 1;
}

BEGIN
{
	trace(this->q[0]);
}

BEGIN
{
	bcopy("hello hello", alloca(8), 9);
}

BEGIN
{
	this->n = 9;
	bcopy("hello hello", alloca(8), this->n);
}

BEGIN
{
	bcopy((void *)8, alloca(8), 4);
}

BEGIN
{
	alloca(200);
	this->p = alloca(200);
}

BEGIN
{
	this->n = 257;
	alloca(this->n);
}

BEGIN
{
	this->n = -1;
	alloca(this->n);
}

BEGIN
{
	*(int *)0 = 4;
}

BEGIN
{
	exit(0);
}
