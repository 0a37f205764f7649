/* exit may not be speculative.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(1); exit(0); }
