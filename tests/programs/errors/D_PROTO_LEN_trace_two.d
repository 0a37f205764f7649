/* One at a time.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { trace(1, 2); }
