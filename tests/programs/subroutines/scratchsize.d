/*
 * More scratch memory than a page, and less than a word.
 *
 * @args: -q -x scratchsize=10000
 */

BEGIN
{
	this->p = (long *)alloca(10000);
	this->p[1249] = 17;
	this->p[0] = 18;
	trace(this->p[1249] + this->p[0]);
	exit(0);
}
