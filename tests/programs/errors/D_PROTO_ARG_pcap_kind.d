/* Its kind is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { pcap(curthread, "IP"); }
