/* A clause speculates once.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(1); printf("a"); speculate(2); }
