uart.o: /work/w9/hal/esp32/uart.c /work/w9/hal/esp32/notice.h \
 /tmp/h9/moddable/xs/includes/xsmc.h /tmp/h9/moddable/xs/includes/xs.h \
 /tmp/h9/moddable/xs/platforms/esp/xsHost.h \
 /tmp/h9/idf/components/esp_libc/platform_include/stdio.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/FreeRTOS.h \
 /tmp/h9/idf/components/freertos/config/include/freertos/FreeRTOSConfig.h \
 /tmp/h9/idf/components/esp_libc/platform_include/assert.h \
 /tmp/h9/idf/components/freertos/config/xtensa/include/freertos/FreeRTOSConfig_arch.h \
 /tmp/h9/idf/components/xtensa/include/xtensa_config.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/hal.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/core.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/xtensa-versions.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/core-isa.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/core-matmap.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/tie.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/system.h \
 /tmp/h9/idf/components/xtensa/include/xtensa_context.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/corebits.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/xtruntime-frames.h \
 /tmp/h9/idf/components/esp_libc/platform_include/sys/reent.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/projdefs.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/portable.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/deprecated_definitions.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/portable/xtensa/include/freertos/portmacro.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/xtruntime.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/xt_specreg.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/xtruntime-core-state.h \
 /tmp/h9/idf/components/xtensa/include/xt_instr_macros.h \
 /tmp/h9/idf/components/xtensa/include/xtensa/xtruntime.h \
 /tmp/h9/idf/components/esp_hw_support/include/spinlock.h \
 /tmp/h9/idf/components/esp_hw_support/include/esp_cpu.h \
 /tmp/h9/idf/components/soc/esp32/include/soc/soc_caps.h \
 /tmp/h9/idf/components/soc/include/soc/soc_caps_eval.h \
 /tmp/h9/idf/components/xtensa/include/xtensa_api.h \
 /tmp/h9/idf/components/xtensa/include/xt_utils.h \
 /tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/extreg.h \
 /tmp/h9/idf/components/esp_common/include/esp_bit_defs.h \
 /tmp/h9/idf/components/esp_common/include/esp_attr.h \
 /tmp/h9/idf/components/esp_common/include/esp_assert.h \
 /tmp/h9/idf/components/esp_hw_support/include/esp_intr_alloc.h \
 /tmp/h9/idf/components/esp_common/include/esp_err.h \
 /tmp/h9/idf/components/esp_common/include/esp_compiler.h \
 /tmp/h9/idf/components/esp_hw_support/include/esp_intr_types.h \
 /tmp/h9/idf/components/esp_system/include/esp_private/crosscore_int.h \
 /tmp/h9/idf/components/esp_common/include/esp_macros.h \
 /tmp/h9/idf/components/esp_hw_support/include/esp_memory_utils.h \
 /tmp/h9/idf/components/soc/esp32/include/soc/soc.h \
 /tmp/h9/idf/components/esp_common/include/esp_assert.h \
 /tmp/h9/idf/components/soc/esp32/include/soc/interrupts.h \
 /tmp/h9/idf/components/soc/esp32/register/soc/reg_base.h \
 /tmp/h9/idf/components/esp_libc/platform_include/esp_newlib.h \
 /tmp/h9/idf/components/heap/include/esp_heap_caps.h \
 /tmp/h9/idf/components/heap/include/multi_heap.h \
 /tmp/h9/idf/components/esp_rom/include/esp_rom_sys.h \
 /tmp/h9/idf/components/soc/esp32/include/soc/reset_reasons.h \
 /tmp/h9/idf/components/esp_system/include/esp_system.h \
 /tmp/h9/idf/components/esp_common/include/esp_idf_version.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/portable/xtensa/include/freertos/portbenchmark.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/mpu_wrappers.h \
 /tmp/h9/idf/components/freertos/esp_additions/include/freertos/idf_additions.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/task.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/list.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/queue.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/task.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/semphr.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/queue.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/stream_buffer.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/message_buffer.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/stream_buffer.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/event_groups.h \
 /tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/timers.h \
 /tmp/h9/idf/components/esp_partition/include/esp_partition.h \
 /tmp/h9/idf/components/esp_blockdev/include/esp_blockdev.h \
 /work/w9/.cache/moddable/out/tmp/esp32/esp32-c3-supermini/release/tapnote/mc.xs.h \
 /tmp/h9/moddable/xs/includes/xs.h \
 /tmp/h9/idf/components/esp_driver_uart/include/driver/uart.h \
 /tmp/h9/idf/components/esp_hal_uart/include/hal/uart_types.h \
 /tmp/h9/idf/components/soc/esp32/include/soc/clk_tree_defs.h \
 /tmp/h9/idf/components/esp_common/include/esp_check.h \
 /tmp/h9/idf/components/log/include/esp_log.h \
 /tmp/h9/idf/components/log/include/esp_log_config.h \
 /tmp/h9/idf/components/log/include/esp_log_level.h \
 /tmp/h9/idf/components/log/include/esp_log_color.h \
 /tmp/h9/idf/components/log/include/esp_log_buffer.h \
 /tmp/h9/idf/components/log/include/esp_log_timestamp.h \
 /tmp/h9/idf/components/log/include/esp_log_write.h \
 /tmp/h9/idf/components/log/include/esp_log_format.h \
 /tmp/h9/idf/components/log/include/esp_log_args.h \
 /tmp/h9/idf/components/log/include/esp_log_attr.h \
 /tmp/h9/idf/components/log/include/esp_private/log_attr.h \
 /tmp/h9/idf/components/esp_driver_uart/include/driver/uart_select.h
/work/w9/hal/esp32/notice.h:
/tmp/h9/moddable/xs/includes/xsmc.h:
/tmp/h9/moddable/xs/includes/xs.h:
/tmp/h9/moddable/xs/platforms/esp/xsHost.h:
/tmp/h9/idf/components/esp_libc/platform_include/stdio.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/FreeRTOS.h:
/tmp/h9/idf/components/freertos/config/include/freertos/FreeRTOSConfig.h:
/tmp/h9/idf/components/esp_libc/platform_include/assert.h:
/tmp/h9/idf/components/freertos/config/xtensa/include/freertos/FreeRTOSConfig_arch.h:
/tmp/h9/idf/components/xtensa/include/xtensa_config.h:
/tmp/h9/idf/components/xtensa/include/xtensa/hal.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/core.h:
/tmp/h9/idf/components/xtensa/include/xtensa/xtensa-versions.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/core-isa.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/core-matmap.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/tie.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/system.h:
/tmp/h9/idf/components/xtensa/include/xtensa_context.h:
/tmp/h9/idf/components/xtensa/include/xtensa/corebits.h:
/tmp/h9/idf/components/xtensa/include/xtensa/xtruntime-frames.h:
/tmp/h9/idf/components/esp_libc/platform_include/sys/reent.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/projdefs.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/portable.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/deprecated_definitions.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/portable/xtensa/include/freertos/portmacro.h:
/tmp/h9/idf/components/xtensa/include/xtensa/xtruntime.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/xt_specreg.h:
/tmp/h9/idf/components/xtensa/include/xtensa/xtruntime-core-state.h:
/tmp/h9/idf/components/xtensa/include/xt_instr_macros.h:
/tmp/h9/idf/components/xtensa/include/xtensa/xtruntime.h:
/tmp/h9/idf/components/esp_hw_support/include/spinlock.h:
/tmp/h9/idf/components/esp_hw_support/include/esp_cpu.h:
/tmp/h9/idf/components/soc/esp32/include/soc/soc_caps.h:
/tmp/h9/idf/components/soc/include/soc/soc_caps_eval.h:
/tmp/h9/idf/components/xtensa/include/xtensa_api.h:
/tmp/h9/idf/components/xtensa/include/xt_utils.h:
/tmp/h9/idf/components/xtensa/esp32/include/xtensa/config/extreg.h:
/tmp/h9/idf/components/esp_common/include/esp_bit_defs.h:
/tmp/h9/idf/components/esp_common/include/esp_attr.h:
/tmp/h9/idf/components/esp_common/include/esp_assert.h:
/tmp/h9/idf/components/esp_hw_support/include/esp_intr_alloc.h:
/tmp/h9/idf/components/esp_common/include/esp_err.h:
/tmp/h9/idf/components/esp_common/include/esp_compiler.h:
/tmp/h9/idf/components/esp_hw_support/include/esp_intr_types.h:
/tmp/h9/idf/components/esp_system/include/esp_private/crosscore_int.h:
/tmp/h9/idf/components/esp_common/include/esp_macros.h:
/tmp/h9/idf/components/esp_hw_support/include/esp_memory_utils.h:
/tmp/h9/idf/components/soc/esp32/include/soc/soc.h:
/tmp/h9/idf/components/esp_common/include/esp_assert.h:
/tmp/h9/idf/components/soc/esp32/include/soc/interrupts.h:
/tmp/h9/idf/components/soc/esp32/register/soc/reg_base.h:
/tmp/h9/idf/components/esp_libc/platform_include/esp_newlib.h:
/tmp/h9/idf/components/heap/include/esp_heap_caps.h:
/tmp/h9/idf/components/heap/include/multi_heap.h:
/tmp/h9/idf/components/esp_rom/include/esp_rom_sys.h:
/tmp/h9/idf/components/soc/esp32/include/soc/reset_reasons.h:
/tmp/h9/idf/components/esp_system/include/esp_system.h:
/tmp/h9/idf/components/esp_common/include/esp_idf_version.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/portable/xtensa/include/freertos/portbenchmark.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/mpu_wrappers.h:
/tmp/h9/idf/components/freertos/esp_additions/include/freertos/idf_additions.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/task.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/list.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/queue.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/task.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/semphr.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/queue.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/stream_buffer.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/message_buffer.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/stream_buffer.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/event_groups.h:
/tmp/h9/idf/components/freertos/FreeRTOS-Kernel/include/freertos/timers.h:
/tmp/h9/idf/components/esp_partition/include/esp_partition.h:
/tmp/h9/idf/components/esp_blockdev/include/esp_blockdev.h:
/work/w9/.cache/moddable/out/tmp/esp32/esp32-c3-supermini/release/tapnote/mc.xs.h:
/tmp/h9/moddable/xs/includes/xs.h:
/tmp/h9/idf/components/esp_driver_uart/include/driver/uart.h:
/tmp/h9/idf/components/esp_hal_uart/include/hal/uart_types.h:
/tmp/h9/idf/components/soc/esp32/include/soc/clk_tree_defs.h:
/tmp/h9/idf/components/esp_common/include/esp_check.h:
/tmp/h9/idf/components/log/include/esp_log.h:
/tmp/h9/idf/components/log/include/esp_log_config.h:
/tmp/h9/idf/components/log/include/esp_log_level.h:
/tmp/h9/idf/components/log/include/esp_log_color.h:
/tmp/h9/idf/components/log/include/esp_log_buffer.h:
/tmp/h9/idf/components/log/include/esp_log_timestamp.h:
/tmp/h9/idf/components/log/include/esp_log_write.h:
/tmp/h9/idf/components/log/include/esp_log_format.h:
/tmp/h9/idf/components/log/include/esp_log_args.h:
/tmp/h9/idf/components/log/include/esp_log_attr.h:
/tmp/h9/idf/components/log/include/esp_private/log_attr.h:
/tmp/h9/idf/components/esp_driver_uart/include/driver/uart_select.h:
