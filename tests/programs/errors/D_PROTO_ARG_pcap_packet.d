/* A packet is a pointer.
 * @args: -x errtags
 * @status: 1
 */
struct s { int a; };
struct s v;
BEGIN { pcap(v, 0); }
