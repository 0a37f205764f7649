/* Addresses of IPv4 and IPv6 as text. inet_ntoa6 shows an address of IPv4 within one of IPv6 as such, inet_ntop keeps the prefix.
 * @args: -q
 */
uint16_t word[8];
int family;

BEGIN { printf("%s\n", inet_ntoa((ipaddr_t *)&word[0])); }
BEGIN { p = (ipaddr_t *)alloca(4); *p = htonl(0xc0a80117); printf("%s %s\n", inet_ntoa(p), inet_ntop(AF_INET, p)); }
BEGIN { p = (ipaddr_t *)alloca(4); *p = 0xffffffff; printf("%s\n", inet_ntoa(p)); }
BEGIN { word[0] = htons(0xfe80); word[4] = htons(0x214); word[5] = htons(0x4fff); word[6] = htons(0xfe0b); word[7] = htons(0x76c8);
	printf("%s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntop(AF_INET6, word)); }
BEGIN { word[0] = htons(0x1080); word[4] = 0; word[5] = htons(0x808); word[6] = htons(0xc); word[7] = htons(0x417a);
	printf("%s %s\n", inet_ntoa6((struct in6_addr *)word), inet_ntop(AF_INET6, word)); }
BEGIN { word[1] = htons(1); word[5] = 0; printf("one run, the first: %s\n", inet_ntop(AF_INET6, word)); }
BEGIN { word[1] = 0; word[2] = htons(2); word[3] = htons(3); word[4] = htons(4); word[5] = htons(5); word[0] = htons(0);
	printf("two at the start: %s\n", inet_ntop(AF_INET6, word)); }
BEGIN { word[0] = htons(1); word[6] = 0; word[7] = 0; word[1] = htons(1); printf("at the end: %s\n", inet_ntop(AF_INET6, word)); }
BEGIN { word[6] = htons(6); printf("one zero stays: %s\n", inet_ntop(AF_INET6, word)); }
BEGIN { word[0] = word[1] = word[2] = word[3] = word[4] = word[5] = 0; word[6] = htons(0x7f00); word[7] = htons(1);
	printf("%s %s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntoa6((in6_addr_t *)word, 1), inet_ntop(AF_INET6, word)); }
BEGIN { word[5] = 0xffff; printf("%s %s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntoa6((in6_addr_t *)word, 1), inet_ntop(AF_INET6, word)); }
BEGIN { word[5] = htons(0xfffe); printf("%s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntop(AF_INET6, word)); }
BEGIN { word[5] = 0; word[6] = 0; printf("%s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntop(AF_INET6, word)); }
BEGIN { word[7] = 0; printf("%s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntop(AF_INET6, word)); }
BEGIN { word[7] = htons(2); printf("%s %s\n", inet_ntoa6((in6_addr_t *)word), inet_ntop(AF_INET6, word)); }
BEGIN { family = AF_INET6; printf("%s\n", inet_ntop(family, word)); }
BEGIN { exit(0); }
