/* No such process.
 * @args: -xerrtags
 * @status: 1
 */
pid2147483647:::entry { trace(1); }
