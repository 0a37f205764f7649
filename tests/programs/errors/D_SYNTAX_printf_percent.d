/* A percent sign has no flags.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%5%"); }
