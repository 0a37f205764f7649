/* There is no process 0.
 * @args: -xerrtags
 * @status: 1
 */
pid0:::entry { trace(1); }
