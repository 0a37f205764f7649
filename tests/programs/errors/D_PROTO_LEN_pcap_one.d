/* A packet and its kind.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { pcap(curthread); }
