/* Three at most.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { tracemem((char *)8, 8, 4, 2); }
