/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(''); }
