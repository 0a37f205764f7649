/* A void has nothing to show.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { trace((void)0); }
