/*
 * @args: -q -x scratchsize=4
 */

BEGIN
{
	this->p = (int *)alloca(4);
	*this->p = 17;
	trace(*this->p);
	exit(0);
}
