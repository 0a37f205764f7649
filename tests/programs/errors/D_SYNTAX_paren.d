/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
/(1 == 1/
{
}
