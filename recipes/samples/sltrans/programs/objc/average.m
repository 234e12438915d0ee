// The average of a few numbers in an array of objects.
#import <Foundation/Foundation.h>

static double average(NSArray *numbers) {
    double total = 0;
    for (NSUInteger place = 0; place < [numbers count]; place++)
        total += [[numbers objectAtIndex:place] doubleValue];
    return [numbers count] ? total / [numbers count] : 0;
}

int main(void) {
    NSArray *numbers = [NSArray arrayWithObjects:[NSNumber numberWithInt:3],
                                                 [NSNumber numberWithInt:5], nil];
    NSLog(@"%f", average(numbers));
    return 0;
}
