/*
 * Scalar arrays of every scope, of more than one dimension, by constant and computed indices.
 * @args: -q
 */
int arr[5];
this int tarr[5];
self int sarr[3];
short m[2][3];
struct point {
	int x, y;
} points[3];
int *p;

BEGIN
{
	i = 3;
	arr[i] = 42;
	arr[4]++;
	arr[i - 1] = arr[i] / 2;
	this->tarr[i - 1] = 6;
	self->sarr[1] = 7;
	self->sarr[i - 1] -= 7;
	m[1][2] = 12;
	m[i - 3][i - 2] = -3;
	points[i - 2].y = 5;
	points[2] = points[1];
	printf("%d %d %d %d\n", arr[3], arr[4], arr[2], arr[0]);
	printf("%d %d %d\n", this->tarr[2], self->sarr[1], self->sarr[2]);
	printf("%d %d %d\n", m[1][2], m[0][1], m[1][1]);
	printf("%d %d\n", points[i - 1].y, points[2].x);
	printf("%d %d %d\n", sizeof (arr), sizeof (m[0]), sizeof (points));
	/* An array is a pointer to its first element. */
	p = &arr[2];
	printf("%d %d %d %d\n", p[1], *(p + 2), *arr, *(arr + i));
	p = arr;
	printf("%d %d\n", p[3], &arr[4] - p);
	this->j = 1;
	arr[this->j++] += 8;
	printf("%d %d", this->j, arr[1]);
	exit(0);
}
