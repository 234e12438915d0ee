/* Shapes that another file would draw: nothing here becomes code. */
#include <stdint.h>

typedef struct {
    double x, y;
} point;

typedef struct {
    point centre;
    double radius;
} circle;

typedef enum { SHAPE_NONE, SHAPE_CIRCLE, SHAPE_POLYGON } shape_kind;

typedef struct {
    shape_kind kind;
    uint32_t colour;
    union {
        circle round;
        struct {
            const point *corners;
            uint32_t count;
        } polygon;
    } as;
} shape;
