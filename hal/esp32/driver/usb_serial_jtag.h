/*
 * What a header of ESP-IDF includes by its short name, in a folder that the SDK's makefile does not search:
 * see usb/usb.c.
 */
#pragma once
#include "esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag.h"
