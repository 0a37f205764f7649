/* Booleans take words and numbers. */
/* @args: -q */
#pragma D option rawbytes=off
#pragma D option zdefs=enable
#pragma D option flowindent=0
nosuch:::probe
{
}

BEGIN
{
	trace("words");
	exit(0);
}
