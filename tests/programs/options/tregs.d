/*
 * More keys than registers for them: in aggregations and in arrays.
 * @args: -x tregs=2
 * @status: 1
 */
BEGIN
{
	@[1, 2] = count();
	a[1, 2] = 3;
	self->a[1, 2, 3] = 4;
	exit(0);
}
