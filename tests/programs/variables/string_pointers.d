/*
 * A string computed with is the address of its characters; temporaries stay while somebody may have their address.
 * @args: -q
 */
string s;
BEGIN
{
	s = "abc";
	p = (char *)"defg";
	trace(stringof(s + 1));
	trace(*(s + 1));
	trace(p[1]);
	trace(stringof(p + 2));
	this->q = (char *)strjoin("end", "x") + 1;
	trace(strjoin("yy", "z"));
	trace(stringof(this->q));
	exit(0);
}
