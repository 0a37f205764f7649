/* No more than that.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { pcap(curthread, 1, 2); }
