/*
 * Byte order, device numbers, and random numbers (which differ, and are of type int).
 * @args: -q
 */
BEGIN
{
	this->x = 0x1122334455667788;
	printf("%x %x %x\n", htons(this->x), htonl(this->x), htonll(this->x));
	printf("%x %x %x\n", ntohs(0x102), ntohl(0x1020304), ntohll(1));
	printf("%d %d\n", ntohs(htons(4660)), ntohl(htonl(305419896)));
	this->dev = 8 << 20 | 17;
	printf("%d %d\n", getmajor(this->dev), getminor(this->dev));
	this->a = rand();
	this->b = rand();
	this->c = rand();
	printf("%d %d\n", this->a != this->b || this->b != this->c, (int64_t)this->a == (int)this->a);
	exit(0);
}
