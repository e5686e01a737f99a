-- Tests of the means on a circle, for times of day and months.
BEGIN;
SELECT plan(90);

-- Times and degrees
SELECT is(msar.time_to_degrees(t), d, format('time_to_degrees converts %s', t))
FROM (VALUES
  ('00:00'::time, 0::float8), ('06:00', 90), ('12:00', 180), ('18:00', 270), ('00:04', 1), ('24:00', 360),
  (NULL, NULL)
) AS cases(t, d);
SELECT is(
  msar.time_to_degrees('23:59:59.999999'),
  86399.999999::float8 / 240,
  'time_to_degrees counts microseconds'
);

SELECT is(msar.degrees_to_time(d)::text, t, format('degrees_to_time converts %s', d))
FROM (VALUES
  (0::float8, '00:00:00'), (90, '06:00:00'), (540, '12:00:00'), (-90, '18:00:00'), (360, '00:00:00'),
  (-360, '00:00:00'),
  (720, '00:00:00'), (0.001, '00:00:00.24'), (-1e-20, '00:00:00'), (359.9999999999999, '00:00:00'),
  (NULL, NULL)
) AS cases(d, t);
SELECT is(count(*), 0::bigint, 'degrees_to_time returns every minute of the day from its degrees')
FROM generate_series(0,
  1439) AS minute, LATERAL (SELECT ('00:00'::time + minute * '1 minute'::interval)::time) AS at(t)
WHERE msar.degrees_to_time(msar.time_to_degrees(at.t)) IS DISTINCT FROM at.t;

-- Months and degrees
SELECT is(msar.month_to_degrees(d), degrees, format('month_to_degrees converts %s', d))
FROM (VALUES
  ('2023-01-31'::date, 0::float8), ('2023-05-01', 120), ('2024-12-09', 330), ('0044-03-15 BC', 60),
  (NULL, NULL),
  ('infinity', NULL)
) AS cases(d, degrees);

SELECT is(msar.degrees_to_month(d), month, format('degrees_to_month converts %s', d))
FROM (VALUES
  (0::float8, 1), (15, 1), (15.001, 2), (45, 3), (44.9, 2), (120, 5), (330, 12), (-120, 9), (344.9, 12),
  (360, 1), (705, 1),
  (375, 1), (390, 2), (-30, 12), (-1e-20, 1), (NULL, NULL)
) AS cases(d, month);
SELECT is(msar.degrees_to_month(d), 1, format('degrees_to_month converts %s to January', d))
FROM unnest('{345,350,359.999}'::float8[]) AS cases(d);

-- Vectors
SELECT is(
  msar.add_time_to_vector(p, t)::text,
  result,
  format('add_time_to_vector adds to %s the vector of %s', p, t)
)
FROM (VALUES
  ('(0,0)'::point, '06:00'::time, '(1,0)'), ('(1,1)', '12:00', '(1,0)'), ('(0,0)', '18:00', '(-1,0)'),
  ('(2,3)', '00:00', '(2,4)'), (NULL, '06:00', NULL), ('(1,1)', NULL, NULL)
) AS cases(p, t, result);
SELECT is(
  msar.add_month_to_vector(p, d)::text,
  result,
  format('add_month_to_vector adds to %s the vector of %s', p, d)
)
FROM (VALUES
  ('(0,0)'::point, '2023-04-05'::date, '(1,0)'), ('(2,3)', '2023-01-31', '(2,4)'),
  ('(1,0)', '2023-10-31', '(0,0)'),
  ('(1,2)', 'infinity', '(1,2)'), (NULL, '2023-04-05', NULL), ('(1,1)', NULL, NULL)
) AS cases(p, d, result);

SELECT is(msar.point_to_time(p)::text, t, format('point_to_time converts %s', p))
FROM (VALUES
  ('(0,1)'::point, '00:00:00'), ('(5,5)', '03:00:00'), ('(0,-1)', '12:00:00'), ('(-1,0)', '18:00:00'),
  ('(0,0)', NULL),
  ('(9e-11,0)', NULL), ('(2e-10,0)', '06:00:00'), (NULL, NULL)
) AS cases(p, t);
SELECT is(msar.point_to_month(p), month, format('point_to_month converts %s', p))
FROM (VALUES
  ('(0,1)'::point, 1), ('(0,-1)', 7), ('(-1,0)', 10), ('(1e6,0)', 4), ('(0,0)', NULL), ('(0,-9e-11)', NULL),
  (NULL, NULL)
) AS cases(p, month);

-- Aggregates
SELECT is(
  (SELECT msar.peak_time(t) FROM unnest(times) AS t)::text,
  mean,
  format('peak_time averages %s', times)
)
FROM (VALUES
  ('{10:00,12:00}'::time[], '11:00:00'), ('{23:00,01:00}', '00:00:00'), ('{00:00,12:00}', NULL),
  ('{22:30}', '22:30:00'), ('{NULL,22:30,NULL}', '22:30:00'), ('{}', NULL), ('{NULL}', NULL)
) AS cases(times, mean);
SELECT is(
  (SELECT msar.peak_month(d::date) FROM unnest(dates) AS d),
  month,
  format('peak_month averages %s', dates)
)
FROM (VALUES
  ('{2023-03-01,2023-05-31}'::date[], 4), ('{2023-11-01,2023-12-01}', 11), ('{2023-12-01,2024-02-01}', 1),
  ('{2023-01-01,2023-07-01}', NULL), ('{2023-06-06,NULL,infinity}', 6), ('{}', NULL), ('{NULL}', NULL)
) AS cases(dates, month);
SELECT is(
  (SELECT msar.peak_month(d) FROM generate_series(1, 3000), unnest('{2023-11-01,2023-12-01}'::date[]) AS d),
  11,
  'rounding errors of many sums do not move a mean halfway between two months'
);
SELECT ok(
  (SELECT msar.peak_month(d) FROM unnest('{2023-12-01,2023-01-01}'::date[]) AS d) IN (1, 12),
  'peak_month of December and January returns one of them'
);
SELECT results_eq(
  $$SELECT place,
  msar.peak_time(t)::text FROM (VALUES ('a', '04:00'::time), ('b', '20:00'), ('a', '06:00'), ('c', NULL))
    AS seen(place, t) GROUP BY place ORDER BY place$$,
  $$VALUES ('a', '05:00:00'), ('b', '20:00:00'), ('c', NULL)$$,
  'peak_time works with GROUP BY'
);
SELECT is(
  (SELECT msar.peak_month(d) OVER () FROM unnest('{2023-02-01}'::date[]) AS d), 2,
  'peak_month works as a window function'
);

SELECT * FROM finish();
ROLLBACK;
