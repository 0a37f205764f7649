/* A stack is data like any other.
 * @args: -x errtags
 * @status: 1 */
BEGIN { stack(); speculate(1); }
