/* Constants and types of the libraries: only what is named is loaded. */
#pragma D option quiet

BEGIN
{
	printf("%d %d %d %d\n", SIGHUP, SIGKILL, SIGTERM, CLD_EXITED);
	printf("%d %d %d\n", EPERM, ENOENT, EHWPOISON);
	printf("%#o %#o %#o\n", O_WRONLY | O_CREAT, O_CLOEXEC, O_ACCMODE);
	printf("%d %d %d %d\n", B_READ, B_WRITE, B_ASYNC, B_ERROR);
	printf("%d %d %d\n", DTRACEFLT_BADADDR, DTRACEFLT_DIVZERO, DTRACEFLT_LIBRARY);
	printf("%d %d %d %d\n", AF_INET, AF_INET6, PCAP_ETHER, PCAP_IP);
	printf("%d %d %d %d\n", sizeof (timestruc_t), sizeof (caddr_t), sizeof (in6_addr_t), sizeof (zoneid_t));
	p = (caddr_t)0;
	n = SIGKILL * 2;
	printf("%d %d\n", p == NULL, n);
	exit(0);
}
