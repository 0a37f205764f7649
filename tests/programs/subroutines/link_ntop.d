/* Addresses of Ethernet and InfiniBand.
 * @args: -q
 */
uint8_t ib[20];
int kind;
BEGIN { p = (uint64_t *)alloca(8); *p = htonll(0x020820ac040e << 16); printf("%s\n", link_ntop(ARPHRD_ETHER, p)); }
BEGIN { p = (uint64_t *)alloca(8); *p = -1; printf("%s\n", link_ntop(ARPHRD_ETHER, p)); }
BEGIN { ib[0] = 0x80; ib[2] = 4; ib[3] = 0x14; ib[19] = 0xcd; printf("%s\n", link_ntop(ARPHRD_INFINIBAND, ib)); }
BEGIN { kind = ARPHRD_INFINIBAND; printf("%s\n", link_ntop(kind, ib)); }
BEGIN { kind = ARPHRD_ETHER; printf("%s\n", link_ntop(kind, ib)); exit(0); }
