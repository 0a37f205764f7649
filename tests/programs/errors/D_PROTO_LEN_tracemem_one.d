/* A size is needed.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { tracemem((char *)8); }
