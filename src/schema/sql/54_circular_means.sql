-- These functions compute means on a circle, for times of day and months.
--
-- The plain mean of 23:00 and 01:00 is noon. Here each value becomes an angle and then a unit vector, and the
-- mean is the angle of the sum of the vectors. Angles are clockwise degrees from the top: 0 is the vector (0,
-- 1), 90 is (1, 0), so x is the sine and y the cosine.

-- Converts a time of day to degrees on a circle of 24 hours.
-- Returns the seconds since midnight divided by 240, and NULL for NULL.
CREATE OR REPLACE FUNCTION msar.time_to_degrees(time_ time without time zone) RETURNS double precision
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.date_part('epoch', time_) OPERATOR(pg_catalog./) 240
  $function$;

-- Converts degrees on a circle of 24 hours to a time of day.
-- The angle may be negative or more than one turn. Returns the time to the microsecond, and NULL for NULL.
CREATE OR REPLACE FUNCTION msar.degrees_to_time(degrees double precision) RETURNS time without time zone
  LANGUAGE sql VOLATILE
  AS $function$
    -- Rounding up can yield an interval of 24 hours, which casts to the time 00:00.
    SELECT pg_catalog.make_interval(
      secs => (degrees OPERATOR(pg_catalog.-) (360 OPERATOR(pg_catalog.*) turns.full_turns))
        OPERATOR(pg_catalog.*) 240
    )::time without time zone
    FROM pg_catalog.floor(degrees OPERATOR(pg_catalog./) 360) AS turns(full_turns)
  $function$;

-- Converts the month of a date to degrees on a circle of 12 months.
-- Returns 0 for January, 30 for February, up to 330 for December. Returns NULL for NULL and for infinite
-- dates.
CREATE OR REPLACE FUNCTION msar.month_to_degrees(date_ pg_catalog.date) RETURNS double precision
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT (pg_catalog.date_part('month', date_) OPERATOR(pg_catalog.-) 1) OPERATOR(pg_catalog.*) 30
  $function$;

-- Converts degrees on a circle of 12 months to the number of the nearest month.
-- The angle may be negative or more than one turn. Returns 1 to 12. Halfway between two months, the one that
-- is an even number of months after January wins; the last 15 degrees belong to January. Returns NULL for
-- NULL.
CREATE OR REPLACE FUNCTION msar.degrees_to_month(degrees double precision) RETURNS integer
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.mod(
      pg_catalog.round(
        (degrees OPERATOR(pg_catalog.-) (360 OPERATOR(pg_catalog.*) turns.full_turns))
          OPERATOR(pg_catalog./) 30
      )::integer,
      12
    ) OPERATOR(pg_catalog.+) 1
    FROM pg_catalog.floor(degrees OPERATOR(pg_catalog./) 360) AS turns(full_turns)
  $function$;

-- Adds the unit vector of a time of day to a vector, as the transition function of msar.peak_time.
-- Returns the sum, and NULL if either argument is NULL.
CREATE OR REPLACE FUNCTION msar.add_time_to_vector(point_ pg_catalog.point, time_ time without time zone)
  RETURNS pg_catalog.point
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT point_ OPERATOR(pg_catalog.+) pg_catalog.point(
      pg_catalog.sind(msar.time_to_degrees(time_)),
      pg_catalog.cosd(msar.time_to_degrees(time_))
    )
  $function$;

-- Adds the unit vector of the month of a date to a vector, as the transition function of msar.peak_month.
-- Returns the sum, or the vector itself for an infinite date, which has no month. Returns NULL if either
-- argument is NULL.
CREATE OR REPLACE FUNCTION msar.add_month_to_vector(point_ pg_catalog.point, date_ pg_catalog.date)
  RETURNS pg_catalog.point
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT COALESCE(
      point_ OPERATOR(pg_catalog.+) pg_catalog.point(
        pg_catalog.sind(msar.month_to_degrees(date_)),
        pg_catalog.cosd(msar.month_to_degrees(date_))
      ),
      point_
    )
  $function$;

-- Returns the time of day at the angle of a vector, as the final function of msar.peak_time.
-- The vector can have any length. Returns NULL for NULL and for a vector shorter than 1e-10, whose angle is
-- meaningless.
CREATE OR REPLACE FUNCTION msar.point_to_time(point_ pg_catalog.point) RETURNS time without time zone
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT CASE
      WHEN point_ OPERATOR(pg_catalog.<->) pg_catalog.point(0, 0)
        OPERATOR(pg_catalog.>=) 1e-10::double precision
      THEN msar.degrees_to_time(pg_catalog.atan2d(point_[0], point_[1]))
    END
  $function$;

-- Returns the number of the month at the angle of a vector, as the final function of msar.peak_month.
-- The vector can have any length. The angle is rounded to billionths of a degree, so that rounding errors of
-- the summed sines do not decide between two months. Returns NULL for NULL and for a vector shorter than
-- 1e-10.
CREATE OR REPLACE FUNCTION msar.point_to_month(point_ pg_catalog.point) RETURNS integer
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT CASE
      WHEN point_ OPERATOR(pg_catalog.<->) pg_catalog.point(0, 0)
        OPERATOR(pg_catalog.>=) 1e-10::double precision
      THEN msar.degrees_to_month(
        pg_catalog.round(pg_catalog.atan2d(point_[0], point_[1])::numeric, 9)::double precision
      )
    END
  $function$;

-- Averages times of day on a circle of 24 hours, so that the mean of 23:00 and 01:00 is midnight.
-- Ignores NULLs. Returns NULL if there are no other values, or if the times cancel each other out.
CREATE OR REPLACE AGGREGATE msar.peak_time(time without time zone) (
  SFUNC = msar.add_time_to_vector,
  STYPE = pg_catalog.point,
  FINALFUNC = msar.point_to_time,
  INITCOND = '(0,0)'
);

-- Averages the months of dates on a circle of 12 months, so that the mean of December and February is
-- January.
-- Ignores NULLs. Returns NULL if there are no other values, or if the months cancel each other out.
CREATE OR REPLACE AGGREGATE msar.peak_month(pg_catalog.date) (
  SFUNC = msar.add_month_to_vector,
  STYPE = pg_catalog.point,
  FINALFUNC = msar.point_to_month,
  INITCOND = '(0,0)'
);
