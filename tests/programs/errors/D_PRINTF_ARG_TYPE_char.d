/* A character is at most an int.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%c", 1LL); }
