/* A signal is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { raise("KILL"); }
